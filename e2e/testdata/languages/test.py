import wave

assert wave.answer() == 42, wave.answer()
assert [wave.counted() for _ in range(3)] == [11, 12, 13]
print("ok")
