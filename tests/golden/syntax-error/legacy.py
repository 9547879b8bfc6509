print "an older language"
