import features3

print([t.__name__ for t in features3.get_types()])
print(features3.get_const_objects())
print(features3.make_dict(1, 2), features3.make_dict())
