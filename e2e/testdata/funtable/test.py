import own

print(own.run())
