"""The party register: organisations and persons that an authority writes to again and again."""
