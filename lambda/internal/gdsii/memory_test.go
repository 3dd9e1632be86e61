package gdsii_test

import (
	"runtime"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/gdsiitest"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
)

// TestMemory: what a file costs does not depend on how long it is, but for its
// cells. It is not parallel: the runtime counts what all goroutines allocate.
func TestMemory(t *testing.T) {
	const size, limit = 64 << 20, 8 << 20
	file := gdsiitest.Large(size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := gdsii.Read(t.Context(), file, file.Size(), layout.Limits{})
	runtime.ReadMemStats(&after)
	if err != nil || got.Cells != int(file.Blocks) {
		t.Fatalf("%d cells of %d: %v", got.Cells, file.Blocks, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > limit {
		t.Errorf("%d bytes allocated for %d, want %d at most", used, size, limit)
	}
}

// BenchmarkRead reads 2 GiB.
func BenchmarkRead(b *testing.B) {
	file := gdsiitest.Large(2 << 30)
	b.SetBytes(file.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gdsii.Read(b.Context(), file, file.Size(), layout.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
