// Package dlpack hands tensors to other libraries of the same process, and takes them,
// in the structs of DLPack: DLManagedTensor (before version 1) and
// DLManagedTensorVersioned (version 1).
//
// Source: dlpack.h, github.com/dmlc/dlpack, version 1.1.
package dlpack
