// All that a target is made of. targets/<name>.cpp defines TINYNN_NAMESPACE and includes this, nothing else.
//
// Each target is the same source, compiled with its own flags, in its own namespace. Two rules keep an
// instruction of one target out of a machine that lacks it: no standard header with inline functions is
// included (the linker may keep any one of several copies of such a function, for all callers), and nothing
// outside this namespace is inline, but for parallel_for, whose copies are told apart by the lambda.
#pragma once

#include "activation.h"
#include "conv.h"
#include "conv_max.h"
#include "elementwise.h"
#include "fused.h"
#include "gather.h"
#include "linear.h"
#include "loss.h"
#include "norm.h"
#include "optim.h"
#include "pool.h"
#include "random.h"
#include "reduce.h"
#include "softmax.h"
#include "update.h"

namespace tinynn::TINYNN_NAMESPACE {

// What is not overridden stays with the reference kernels: it is memory-bound, or rare.
void override_table(KernelTable<float>& table) {
  table.linear_forward = linear_forward;
  table.linear_backward = linear_backward;
  table.matmul = matmul;
  table.conv_forward = conv_forward;
  table.conv_backward = conv_backward;
  table.conv_transpose = conv_transpose;
  table.conv_pool_forward = conv_pool_forward;
  table.conv_pool_backward = conv_pool_backward;
  table.conv_max_forward = conv_max_forward;
  table.conv_max_backward = conv_max_backward;
  table.activation_forward = activation_forward;
  table.activation_backward = activation_backward;
  table.softmax_forward = softmax_forward;
  table.softmax_backward = softmax_backward;
  table.log_softmax_forward = log_softmax_forward;
  table.log_softmax_backward = log_softmax_backward;
  table.cross_entropy_forward = cross_entropy_forward;
  table.cross_entropy_backward = cross_entropy_backward;
  table.binary_cross_entropy_with_logits_forward = element_loss<LogisticLoss>;
  table.binary_cross_entropy_with_logits_backward = element_loss_backward<LogisticLoss>;
  table.hinge_forward = element_loss<HingeLoss>;
  table.hinge_backward = element_loss_backward<HingeLoss>;
  table.mse_forward = element_loss<SquaredLoss>;
  table.mse_backward = element_loss_backward<SquaredLoss>;
  table.unary_forward = unary_forward;
  table.unary_backward = unary_backward;
  table.binary_forward = binary_forward;
  table.binary_backward = binary_backward;
  table.reduce_sum = reduce_sum;
  table.reduce_sum_backward = reduce_sum_backward;
  table.reduce_max = reduce_max;
  table.squared_norm = squared_norm;
  table.max_pool2d_forward = max_pool2d_forward;
  table.max_pool2d_backward = max_pool2d_backward;
  table.avg_pool2d_forward = avg_pool2d_forward;
  table.avg_pool2d_backward = avg_pool2d_backward;
  table.adaptive_max_pool2d_forward = adaptive_max_pool2d_forward;
  table.adaptive_max_pool2d_backward = adaptive_max_pool2d_backward;
  table.adaptive_avg_pool2d_forward = adaptive_avg_pool2d_forward;
  table.adaptive_avg_pool2d_backward = adaptive_avg_pool2d_backward;
  table.batch_norm_forward = batch_norm_forward;
  table.batch_norm_backward = batch_norm_backward;
  table.layer_norm_forward = layer_norm_forward;
  table.layer_norm_backward = layer_norm_backward;
  table.gather_images = gather_images;
  table.philox_uniform = philox_uniform;
  table.dropout = dropout;
  table.sgd_step = sgd_step;
  table.adam_step = adam_step;
  table.rmsprop_step = rmsprop_step;
  table.adagrad_step = adagrad_step;
  table.sgd_steps = sgd_steps;
  table.adam_steps = adam_steps;
  table.chain_cross_entropy = chain_cross_entropy;
  table.linear_backward_sgd = linear_backward_sgd;
}

}  // namespace tinynn::TINYNN_NAMESPACE
