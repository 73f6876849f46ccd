import features4

print(features4.Factorial(4).calculate())
try:
    features4.Factorial(-1)
except features4.FactorialError as e:
    print(repr(e), isinstance(e, Exception))
