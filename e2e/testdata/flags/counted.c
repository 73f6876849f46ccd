int counted(int n);
int counted(int n) { return n + 10; }
