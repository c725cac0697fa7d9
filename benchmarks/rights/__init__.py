"""Who was shown, who said yes, who made it: rights and authorship of what is made."""
