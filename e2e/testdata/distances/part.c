// A part of a module whose parts are farther from each other than branches reach. HERE is
// its name, KEY a number that Xtensa code loads from a literal.
#pragma GCC visibility push(hidden) // called directly
int front(int, int, int, int), middle(int, int, int, int), back(int, int, int, int);

int HERE(int a, int b, int c, int d) { return a + 10 * b + 100 * c + 1000 * d + KEY; }
int CALLS(int a, int b, int c, int d) { return front(a, b, c, d) + 3 * middle(b, c, d, a) + 5 * back(c, d, a, b); }
