# SPDX-License-Identifier: Apache-2.0
"""Rules on how a model is deployed: images, Kubernetes objects, endpoints."""
