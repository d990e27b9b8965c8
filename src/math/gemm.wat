;; C = A·B in single precision, four rows by eight columns at a time. Built into gemm-wasm.ts by scripts/build-wasm.js.
(module
  (memory (export "memory") 1)
  ;; $a: A in tiles of four rows, [rows/4][inner][4]; $b: B [inner, stride]; $c: C [rows, stride]; byte addresses.
  ;; $rows: a multiple of 4. $stride: bytes a row of B and C, a multiple of 32.
  ;; Columns are taken in blocks of 256, so that the block of B stays in the first-level cache for all rows.
  (func (export "sgemm")
    (param $a i32) (param $b i32) (param $c i32) (param $rows i32) (param $inner i32) (param $stride i32)
    (local $block i32) (local $end i32) (local $row i32) (local $column i32) (local $k i32)
    (local $pa i32) (local $pb i32) (local $pc i32)
    (local $b0 v128) (local $b1 v128) (local $x v128)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (loop $blocks
      (local.set $end (i32.add (local.get $block) (i32.const 1024)))
      (if (i32.gt_u (local.get $end) (local.get $stride)) (then (local.set $end (local.get $stride))))
      (local.set $row (i32.const 0))
      (loop $rowTiles
        (local.set $column (local.get $block))
        (loop $columnTiles
          (local.set $s00 (v128.const i32x4 0 0 0 0)) (local.set $s01 (v128.const i32x4 0 0 0 0))
          (local.set $s10 (v128.const i32x4 0 0 0 0)) (local.set $s11 (v128.const i32x4 0 0 0 0))
          (local.set $s20 (v128.const i32x4 0 0 0 0)) (local.set $s21 (v128.const i32x4 0 0 0 0))
          (local.set $s30 (v128.const i32x4 0 0 0 0)) (local.set $s31 (v128.const i32x4 0 0 0 0))
          (local.set $pa
            (i32.add (local.get $a) (i32.mul (local.get $row) (i32.shl (local.get $inner) (i32.const 2)))))
          (local.set $pb (i32.add (local.get $b) (local.get $column)))
          (local.set $k (local.get $inner))
          (loop $products
            (local.set $b0 (v128.load (local.get $pb)))
            (local.set $b1 (v128.load offset=16 (local.get $pb)))
            (local.set $x (v128.load32_splat (local.get $pa)))
            (local.set $s00 (f32x4.add (local.get $s00) (f32x4.mul (local.get $x) (local.get $b0))))
            (local.set $s01 (f32x4.add (local.get $s01) (f32x4.mul (local.get $x) (local.get $b1))))
            (local.set $x (v128.load32_splat offset=4 (local.get $pa)))
            (local.set $s10 (f32x4.add (local.get $s10) (f32x4.mul (local.get $x) (local.get $b0))))
            (local.set $s11 (f32x4.add (local.get $s11) (f32x4.mul (local.get $x) (local.get $b1))))
            (local.set $x (v128.load32_splat offset=8 (local.get $pa)))
            (local.set $s20 (f32x4.add (local.get $s20) (f32x4.mul (local.get $x) (local.get $b0))))
            (local.set $s21 (f32x4.add (local.get $s21) (f32x4.mul (local.get $x) (local.get $b1))))
            (local.set $x (v128.load32_splat offset=12 (local.get $pa)))
            (local.set $s30 (f32x4.add (local.get $s30) (f32x4.mul (local.get $x) (local.get $b0))))
            (local.set $s31 (f32x4.add (local.get $s31) (f32x4.mul (local.get $x) (local.get $b1))))
            (local.set $pa (i32.add (local.get $pa) (i32.const 16)))
            (local.set $pb (i32.add (local.get $pb) (local.get $stride)))
            (br_if $products (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
          (local.set $pc
            (i32.add
              (i32.add (local.get $c) (local.get $column))
              (i32.mul (local.get $row) (local.get $stride))))
          (v128.store (local.get $pc) (local.get $s00))
          (v128.store offset=16 (local.get $pc) (local.get $s01))
          (local.set $pc (i32.add (local.get $pc) (local.get $stride)))
          (v128.store (local.get $pc) (local.get $s10))
          (v128.store offset=16 (local.get $pc) (local.get $s11))
          (local.set $pc (i32.add (local.get $pc) (local.get $stride)))
          (v128.store (local.get $pc) (local.get $s20))
          (v128.store offset=16 (local.get $pc) (local.get $s21))
          (local.set $pc (i32.add (local.get $pc) (local.get $stride)))
          (v128.store (local.get $pc) (local.get $s30))
          (v128.store offset=16 (local.get $pc) (local.get $s31))
          (br_if $columnTiles
            (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 32))) (local.get $end))))
        (br_if $rowTiles
          (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 4))) (local.get $rows))))
      (br_if $blocks (i32.lt_u (local.tee $block (local.get $end)) (local.get $stride))))))
