;; Solves for a smoothing spline and evaluates it, two columns at a time: `forward`, `backward` and `evaluate` of
;; smoothing-spline.ts, operation for operation. Built into spline-wasm.ts by scripts/build-wasm.js.
(module
  (memory (export "memory") 16)
  ;; $n knots (at least 2), $count points; addresses of SplineKnots' $rows, $inverse, $interval, $coefficients;
  ;; $factor: (inverse pivot, one below, two below) by knot, with zeros for a knot -1; $values and $out: rows of $stride bytes,
  ;; from the first column of the block; $width: bytes a row of the block, a multiple of 16; $delta: [n+3, width].
  (func (export "smooth")
    (param $n i32) (param $count i32) (param $rows i32) (param $inverse i32) (param $interval i32)
    (param $coefficients i32) (param $factor i32) (param $values i32) (param $stride i32) (param $width i32)
    (param $delta i32) (param $out i32) (param $v f64) (param $w f64)
    (local $i i32) (local $j i32) (local $to i32) (local $y0 i32) (local $y1 i32) (local $y2 i32)
    (local $x1 i32) (local $x2 i32) (local $x3 i32) (local $at i32)
    (local $r0 v128) (local $r1 v128) (local $one v128) (local $two v128)
    (local $middle v128)
    (local $a f64) (local $b f64) (local $e0 f64) (local $e3 f64) (local $m f64)
    (local $va v128) (local $vb v128) (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128)
    ;; rows -1 and 0, and n-1, n and n+1
    (memory.fill (local.get $delta) (i32.const 0) (i32.shl (local.get $width) (i32.const 1)))
    (memory.fill
      (i32.add (local.get $delta) (i32.mul (local.get $n) (local.get $width)))
      (i32.const 0)
      (i32.mul (local.get $width) (i32.const 3)))

    ;; forward
    (local.set $i (i32.const 1))
    (local.set $to (i32.add (local.get $delta) (i32.shl (local.get $width) (i32.const 1))))
    (if (i32.gt_s (local.get $n) (i32.const 2)) (then
      (loop $knots
        (local.set $at (i32.add (local.get $rows) (i32.shl (local.get $i) (i32.const 2))))
        (local.set $y0 (i32.add (local.get $values)
          (i32.mul (i32.load (i32.sub (local.get $at) (i32.const 4))) (local.get $stride))))
        (local.set $y1 (i32.add (local.get $values) (i32.mul (i32.load (local.get $at)) (local.get $stride))))
        (local.set $y2 (i32.add (local.get $values) (i32.mul (i32.load offset=4 (local.get $at)) (local.get $stride))))
        (local.set $at (i32.add (local.get $inverse) (i32.shl (local.get $i) (i32.const 3))))
        (local.set $r0 (v128.load64_splat (local.get $at)))
        (local.set $r1 (v128.load64_splat offset=8 (local.get $at)))
        ;; below1 of the knot before, below2 of the one before that
        (local.set $at (i32.add (local.get $factor) (i32.mul (local.get $i) (i32.const 24))))
        (local.set $one (f64x2.neg (v128.load64_splat (i32.sub (local.get $at) (i32.const 16)))))
        (local.set $two (f64x2.neg (v128.load64_splat (i32.sub (local.get $at) (i32.const 32)))))
        (local.set $x1 (i32.sub (local.get $to) (local.get $width)))
        (local.set $x2 (i32.sub (local.get $x1) (local.get $width)))
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $middle (v128.load (i32.add (local.get $y1) (local.get $j))))
          (v128.store (i32.add (local.get $to) (local.get $j))
            (f64x2.add
              (f64x2.sub
                (f64x2.mul (local.get $r1)
                  (f64x2.sub (v128.load (i32.add (local.get $y2) (local.get $j))) (local.get $middle)))
                (f64x2.mul (local.get $r0)
                  (f64x2.sub (local.get $middle) (v128.load (i32.add (local.get $y0) (local.get $j))))))
              (f64x2.add
                (f64x2.mul (local.get $one) (v128.load (i32.add (local.get $x1) (local.get $j))))
                (f64x2.mul (local.get $two) (v128.load (i32.add (local.get $x2) (local.get $j)))))))
          (br_if $columns
            (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 16))) (local.get $width))))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (br_if $knots
          (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.sub (local.get $n) (i32.const 1)))))

      ;; backward
      (loop $knots
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (local.set $to (i32.sub (local.get $to) (local.get $width)))
        (local.set $at (i32.add (local.get $factor) (i32.mul (local.get $i) (i32.const 24))))
        (local.set $r0 (v128.load64_splat (local.get $at)))
        (local.set $one (f64x2.neg (v128.load64_splat offset=8 (local.get $at))))
        (local.set $two (f64x2.neg (v128.load64_splat offset=16 (local.get $at))))
        (local.set $x1 (i32.add (local.get $to) (local.get $width)))
        (local.set $x2 (i32.add (local.get $x1) (local.get $width)))
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $at (i32.add (local.get $to) (local.get $j)))
          (v128.store (local.get $at)
            (f64x2.add
              (f64x2.mul (local.get $r0) (v128.load (local.get $at)))
              (f64x2.add
                (f64x2.mul (local.get $one) (v128.load (i32.add (local.get $x1) (local.get $j))))
                (f64x2.mul (local.get $two) (v128.load (i32.add (local.get $x2) (local.get $j)))))))
          (br_if $columns
            (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 16))) (local.get $width))))
        (br_if $knots (i32.gt_s (local.get $i) (i32.const 1))))))

    ;; evaluate
    (loop $points
      (local.set $i (i32.load (local.get $interval)))
      (local.set $at (i32.add (local.get $rows) (i32.shl (local.get $i) (i32.const 2))))
      (local.set $y0 (i32.add (local.get $values) (i32.mul (i32.load (local.get $at)) (local.get $stride))))
      (local.set $y1 (i32.add (local.get $values) (i32.mul (i32.load offset=4 (local.get $at)) (local.get $stride))))
      (local.set $a (f64.load (local.get $coefficients)))
      (local.set $b (f64.load offset=8 (local.get $coefficients)))
      (local.set $at (i32.add (local.get $inverse) (i32.shl (local.get $i) (i32.const 3))))
      (local.set $e0 (f64.mul (f64.mul (f64.neg (local.get $w)) (local.get $a)) (f64.load (local.get $at))))
      (local.set $e3 (f64.mul (f64.mul (f64.neg (local.get $w)) (local.get $b)) (f64.load offset=16 (local.get $at))))
      (local.set $m (f64.mul
        (f64.mul (local.get $w) (f64.sub (local.get $a) (local.get $b)))
        (f64.load offset=8 (local.get $at))))
      (local.set $va (f64x2.splat (local.get $a)))
      (local.set $vb (f64x2.splat (local.get $b)))
      (local.set $v0 (f64x2.splat (local.get $e0)))
      (local.set $v1 (f64x2.splat (f64.add
        (f64.sub (local.get $m) (local.get $e0))
        (f64.mul (local.get $v) (f64.load offset=16 (local.get $coefficients))))))
      (local.set $v2 (f64x2.splat (f64.sub
        (f64.sub (f64.mul (local.get $v) (f64.load offset=24 (local.get $coefficients))) (local.get $m))
        (local.get $e3))))
      (local.set $v3 (f64x2.splat (local.get $e3)))
      (local.set $to (i32.add (local.get $delta) (i32.mul (local.get $i) (local.get $width))))
      (local.set $x1 (i32.add (local.get $to) (local.get $width)))
      (local.set $x2 (i32.add (local.get $x1) (local.get $width)))
      (local.set $x3 (i32.add (local.get $x2) (local.get $width)))
      (local.set $j (i32.const 0))
      (loop $columns
        (v128.store (i32.add (local.get $out) (local.get $j))
          (f64x2.add
            (f64x2.add
              (f64x2.add
                (f64x2.mul (local.get $va) (v128.load (i32.add (local.get $y0) (local.get $j))))
                (f64x2.mul (local.get $vb) (v128.load (i32.add (local.get $y1) (local.get $j)))))
              (f64x2.add
                (f64x2.mul (local.get $v0) (v128.load (i32.add (local.get $to) (local.get $j))))
                (f64x2.mul (local.get $v3) (v128.load (i32.add (local.get $x3) (local.get $j))))))
            (f64x2.add
              (f64x2.mul (local.get $v1) (v128.load (i32.add (local.get $x1) (local.get $j))))
              (f64x2.mul (local.get $v2) (v128.load (i32.add (local.get $x2) (local.get $j)))))))
        (br_if $columns
          (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 16))) (local.get $width))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (local.set $interval (i32.add (local.get $interval) (i32.const 4)))
      (local.set $coefficients (i32.add (local.get $coefficients) (i32.const 32)))
      (br_if $points (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
