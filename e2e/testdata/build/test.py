import wave

print(wave.add(40, 2), wave.count(), wave.kind, wave.table(), wave.half(301))
