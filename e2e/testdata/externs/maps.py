print(open("/proc/self/maps").read())
