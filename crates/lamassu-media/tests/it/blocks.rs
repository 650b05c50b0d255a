//! JPEGs that no encoder at hand makes: of flat blocks, in one, three or four components, progressive or not.

/// Bits of the codes for DC categories 0 to 11: all of four bits, which leaves some unused.
const CODE_BITS: u32 = 4;

/// How the blocks are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// In one scan.
    Baseline,
    /// In two scans: all bits of the means but the last, then the last.
    Progressive,
}

/// Writes bits, highest first, with a zero after each byte of ones.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.pending = self.pending << 1 | (value >> bit & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = self.pending as u8;
                self.bytes.push(byte);
                if byte == 0xff {
                    self.bytes.push(0);
                }
                (self.pending, self.count) = (0, 0);
            }
        }
    }

    /// A difference of means: its category, then as many bits.
    fn put_difference(&mut self, difference: i32) {
        let category = 32 - difference.unsigned_abs().leading_zeros();
        self.put(category, CODE_BITS);
        let value = if difference < 0 { difference - 1 } else { difference };
        self.put(value.cast_unsigned(), category);
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.put(1, 1);
        }
        self.bytes
    }
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &(body.len() as u16 + 2).to_be_bytes()[..], body].concat()
}

/// A JPEG of `columns` blocks in a row; each of `planes` has the mean of each block, 0 to 255.
pub fn jpeg_of_blocks(planes: &[Vec<u8>], columns: usize, coding: Coding) -> Vec<u8> {
    let progressive = coding == Coding::Progressive;
    let rows = planes[0].len() / columns;
    // With all steps of size 8, a mean of 128 + n is a DC of n.
    let mut bytes = [&[0xff, 0xd8][..], &segment(0xdb, &[&[0], &[8; 64][..]].concat())].concat();
    if planes.len() == 4 {
        // As programs for print write them: no colour transform.
        bytes.extend(segment(0xee, &[&b"Adobe"[..], &[0, 100, 0, 0, 0, 0, 0]].concat()));
    }
    let (height, width) = ((rows * 8) as u16, (columns * 8) as u16);
    let mut frame = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[planes.len() as u8]].concat();
    let mut components = vec![planes.len() as u8];
    for id in 1..=planes.len() as u8 {
        frame.extend([id, 0x11, 0]);
        components.extend([id, 0]);
    }
    bytes.extend(segment(if progressive { 0xc2 } else { 0xc0 }, &frame));
    // DC: twelve codes of four bits. AC: one code of one bit, the end of the block.
    let counts =
        |at: usize, count: u8| (1..=16).map(|bits| if bits == at { count } else { 0 }).collect::<Vec<u8>>();
    bytes.extend(segment(0xc4, &[&[0][..], &counts(4, 12), &(0..12).collect::<Vec<u8>>()].concat()));
    bytes.extend(segment(0xc4, &[&[0x10][..], &counts(1, 1), &[0]].concat()));
    let shift = u32::from(progressive);
    let mut scan = Bits::default();
    let mut before = vec![0; planes.len()];
    for block in 0..planes[0].len() {
        for (plane, before) in planes.iter().zip(&mut before) {
            let mean = (i32::from(plane[block]) - 128) >> shift;
            scan.put_difference(mean - *before);
            *before = mean;
            if !progressive {
                scan.put(0, 1);
            }
        }
    }
    let header = |last: [u8; 3]| segment(0xda, &[&components[..], &last].concat());
    bytes.extend(header(if progressive { [0, 0, 0x01] } else { [0, 63, 0] }));
    bytes.extend(scan.finish());
    if progressive {
        let mut scan = Bits::default();
        for block in 0..planes[0].len() {
            for plane in planes {
                scan.put((i32::from(plane[block]) - 128).cast_unsigned() & 1, 1);
            }
        }
        bytes.extend(header([0, 0, 0x10]));
        bytes.extend(scan.finish());
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}
