# Its test.py, merged into the .mpy file, has already run at import.
import features2, array

print(features2.add(1.5, 2.25), features2.add_f(1.5, 2.25))
print(features2.round(1.5), features2.round(-0.5))
floats = array.array("f", [1, 2, 3.5])
features2.productf(floats)
print(floats)
