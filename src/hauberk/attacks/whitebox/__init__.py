# SPDX-License-Identifier: Apache-2.0
"""White-box attacks in torch: one batched loop, many numbers. A seam: reached by ``seam(..., extra="torch")``.

``norms`` measures, projects and steps in Linf, L2, L1 and L0; ``losses`` says what to climb; ``hunt`` holds the samples
under attack, keeps the best iterate of each, counts every forward and backward, and says who is undecided; ``ascent``
climbs within eps (FGSM, BIM, MI-FGSM, PGD, APGD); ``nearest`` looks for the smallest change (DDN, FMN, C&W, DeepFool,
FAB, sigma-zero); ``cascade`` runs several on those that are left, ``single`` one by its name.
"""
