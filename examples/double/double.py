def double(x):
    return 2 * x


def label(n):
    return "double is %d" % double(n)
