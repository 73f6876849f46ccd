import errnos

print(errnos.overflow(), errnos.last(), errnos.parse(), errnos.last())
