"""What a page is for and how it is used: the help that stands in the head of each."""

from app.tongue import mark

HELP = {
    "dashboard": mark(
        "What happened in the period above: how many calls, how long, how they ended, and where they went. "
        "Click a switch, a country or a cause to look at just those calls in Explore."
    ),
    "explore": mark(
        "Every part narrows all others: click a country, a cause or a bar, drag over hours, or fill in the "
        "filter. What narrows stands above as chips; a click on one takes it off. A row of the table opens "
        "the call, and the file below has all of them. The address of the page is the link to what you see."
    ),
    "realtime": mark(
        "The calls in progress, as the switches tell them. The dot of a switch is red while it does not "
        "answer; what is shown of it then is old. Choose a switch or an account to see its calls alone."
    ),
    "alarms": mark(
        "An alarm looks at each hour, day, week or month when it has ended, and tells by mail when it is "
        "out of bounds. While you fill in its form, the chart shows when it would have told in the last "
        "ninety days."
    ),
    "alarm-reports": mark(
        "What alarms told, the newest first: the value, what it was compared with, and which switches, "
        "countries or causes changed it. The link leads to exactly those calls."
    ),
    "fraud": mark(
        "What the rules found in the calls: the line says what, whose and how much, and leads to those "
        "calls. Below, each rule is switched on or off and given its limit, for single accounts too."
    ),
    "lists": mark(
        "Calls to numbers of the black list are marked and told by mail, unless a longer line of the white "
        "list lets them pass. A line is a prefix, or a country. Lists are for everybody or for one account."
    ),
    "mail-report": mark(
        "A letter with the figures of the last day, week or month. Choose one to see the letter as it would"
        " be sent now."
    ),
    "sources": mark(
        "Where calls come from by themselves. A source that fails is tried again alone; its rejects say "
        "which rows could not be read and why, and are tried again at a click."
    ),
    "import": mark(
        "Choose a file of call records: what it is is recognised, or you name its columns beside a preview."
        " The same file twice stores each call once."
    ),
    "switches": mark(
        "The telephone switches, and what is said of them. The name is that of the records, so it stays; "
        "address, key and note are yours to write."
    ),
    "tasks": mark(
        "What the worker does by itself, when it is due, and how it went. A job runs now at a click, or "
        "rests until it is let go on."
    ),
    "users": mark(
        "Who may log in. A customer sees the calls of their accounts, staff what is chosen for them, an "
        "admin everything. Who is disabled is out within seconds, on open pages too."
    ),
    "audit": mark("Who did what, from where, and when: logins, and every change of what is kept here."),
    "settings": mark(
        "How this installation is set, and what decides it. Passwords and keys are never shown. Settings "
        "are changed in the settings file or by environment variables."
    ),
    "causes": mark(
        "Why calls end: the causes of ITU-T Q.850 and those of switches, and how often each was lately."
    ),
    "countries": mark(
        "The dial prefixes of each country. Type a number, such as +44 20 7946 0000, to see whose it is."
    ),
    "about": mark("Which version this is, what is new in it, and where to go on."),
    "account": mark(
        "Your details, how pages are shown to you, where you are logged in, and the keys of your programs. "
        "Password, e-mail address and codes are changed by the links beside them."
    ),
}
"""The help of each page, by its name in the address."""
