int __real_counted(int n);
int __wrap_counted(int n);
int __wrap_counted(int n) { return __real_counted(n) + 1000; }

char hidden[] = { 99 }; // only -u brings it in
