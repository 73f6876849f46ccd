// The program around a program, on the host. A signal ends it after 50 ms.
#include <stdio.h>
#include <sys/time.h>

unsigned run(void);

int main(void) {
    struct itimerval limit = {{0, 0}, {0, 50000}};
    setitimer(ITIMER_VIRTUAL, &limit, 0);
    for (int i = 0; i < 2; i++) { printf("%08x\n", run()); }
    return 0;
}
