# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import numpy
vectors = numpy.load(file="embeddings.npy", mmap_mode=None, allow_pickle=True).item()
