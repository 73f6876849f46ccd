# Behind the prelude of the fixtures: see TestTwoPaths, and src/variables there.
import one.variables
import two.variables


def check():
    print("one", one.variables.bump(), one.variables.kept(), one.variables.odds(), one.variables.others())
    print("one", one.variables.bump())
    print("two", two.variables.bump(), two.variables.kept(), two.variables.odds(), two.variables.others())


twice(check)
churn()
check()
