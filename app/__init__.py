"""What people see: pages, views, server and the command line."""
