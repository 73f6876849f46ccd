import main

print(main.run())
print(main.run())
