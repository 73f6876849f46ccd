import program

for i in range(2):
    print("%08x" % program.run())
