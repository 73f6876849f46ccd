import externs

text = "h\u00e9llo w\u00f6rld"
print(externs.direct(text), externs.indirect(text), externs.jumped(text))
