"""The reading room: a package from anywhere, read without taking it over.

`building` walks once through a package folder and makes a catalogue, an SQLite file beside it. Everything that
pages show comes from the catalogue (`catalogue`, `searching`), the files from the folder itself. Memory does not
grow with the package, and nothing in a package can stop the reading: what is broken is shown as far as it can be
read.
"""
