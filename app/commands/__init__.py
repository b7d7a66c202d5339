"""The commands of the command line, one file a subject. Heavy imports stand inside the functions, so that
--help is quick.
"""
