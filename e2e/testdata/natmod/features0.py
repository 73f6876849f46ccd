import features0

print([features0.factorial(n) for n in range(11)])
try:
    features0.factorial("x")
except TypeError:
    print("TypeError")
