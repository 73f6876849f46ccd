// Package lazy is values that are made when they are first asked for. What a package
// makes before main is paid for at each start of the program, and that it makes
// anything at all costs more than what it makes: a page of code that nothing else needs.
// A Value with a function literal is data to the compiler; what sync.OnceValue
// returns is not.
package lazy

import "sync"

// Value is a value of one type that Make makes, at most once.
type Value[T any] struct {
	Make  func() T
	once  sync.Once
	value T
}

// Get returns the value. All callers get the same one.
func (v *Value[T]) Get() T {
	v.once.Do(func() { v.value = v.Make() })
	return v.value
}
