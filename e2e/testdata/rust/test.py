import rusty


def check():
    print(rusty.total(10), rusty.describe(5, 0), rusty.describe(4, 1))
    try:
        rusty.describe(1, 3)
    except RuntimeError as e:
        print(e)


twice(check)
