"""Files that are shipped: countries, hangup causes, style sheet, scripts."""
