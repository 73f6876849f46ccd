// With integers, floats and a branch, so that compilers show how they pass
// them; without calls of a runtime library, which not all have.
int counted(int n);
float scaled(float x, float y, int n);
double halved(double x);

int counted(int n) { return n > 7 ? n + 1 : n - 1; }
float scaled(float x, float y, int n) { return n > 1 ? x : y; }
double halved(double x) { return x; }

void *mpy_init(void *self, unsigned long n_args, unsigned long n_kw, void **args);
void *mpy_init(void *self, unsigned long n_args, unsigned long n_kw, void **args) { return self; }
