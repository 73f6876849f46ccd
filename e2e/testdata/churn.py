# Behind the prelude of the fixtures: does the collector really run by itself
# where modules are imported, and is what nobody refers to really gone and
# overwritten after churn()? Prints how many KB of 100 pile up, and how much of
# the garbage that the collector may not collect by itself there is and is left.
import uctypes

gc.collect()
start = gc.mem_alloc()
for _ in range(100):
    bytearray(1000)
piled = (gc.mem_alloc() - start) // 1000
gc.threshold(-1)


# Odd addresses: the collector must not take these for pointers to the garbage.
def garbage():
    return [
        (uctypes.addressof(block) + 1, size)
        for size in (16, 40, 100, 300, 1000, 5000)
        for block in [bytearray(b"\x33" * size) for _ in range(10)]
    ]


def left():
    return sum(b"\x33" * 15 in bytes(uctypes.bytearray_at(address, size - 1)) for address, size in places)


places = garbage()
before = left()
churn()
print(piled, before, left())
