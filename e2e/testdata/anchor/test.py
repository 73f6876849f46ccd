# Behind the prelude of the fixtures. The collector is conservative: a pointer
# that the loader left on the stack keeps a block as well. So the module is
# imported deep inside calls, whose stack others then use.
def deep(n):
    if n:
        return deep(n - 1)
    import anchor

    for i in range(16):
        anchor.put(i, i + 1)
    return anchor


def scrub(n, *args):
    a = b = c = d = e = n
    if n:
        return scrub(n - 1, a, b, c, d, e) + len(args)
    return sum([i for i in range(40)])


anchor = deep(12)
gc.threshold(-1)
for _ in range(4):
    scrub(20)
    churn()
print(anchor.sum())
