import type { SharedLock } from '../shared-lock';
import type { TensorFlow } from './tfjs-node-library';

/** The attributes of all operations that tfjs-node 4 executes: each `name` in its JavaScript. */
export const ATTRIBUTES: readonly string[] = (
  'DstT Index N SrcT T TI T_threshold Taxis Tblock_shape Tcomplex Tcrops Tidx Tindices Tlen Tmultiples ' +
  'Tnumsegments Tout Tpaddings Tparams Tperm Truncate Tshape acceptable_fraction adj_x adj_y align_corners ' +
  'alpha axis batch_dims begin_mask beta bias block_size channels chroma_downsampling compression container ' +
  'data_format dct_method density_unit depth_radius dilations ellipsis_mask end_mask epsilon equation exclusive ' +
  'explicit_paddings extrapolation_value fancy_upscaling format half_pixel_centers index_type is_training ' +
  'keep_dims ksize method mode new_axis_mask num num_split optimize_size out_idx output_dtype output_type ' +
  'pad_to_max_output_size padding pattern progressive quality rates ratio replace_global reverse rewrite seed seed2 ' +
  'shared_name shrink_axis_mask sorted strides try_recover_truncated use_cudnn_on_gpu validate_indices ' +
  'x_density xmp_metadata y_density'
).split(' ');

/** As far as it is used here. */
interface Binding {
  readonly TF_ATTR_BOOL: number;
  executeOp(
    name: string,
    attributes: readonly { name: string; type: number; value: unknown }[],
    inputs: readonly number[],
    outputs: number,
  ): unknown;
}

/**
 * Registers all attribute names before the first operation. The add-on keeps them in a `std::set` that all threads of
 * the process share without a lock. Two workers that add a name at the same time crash the process; reading is safe.
 */
export function registerAttributes(library: TensorFlow, lock: SharedLock): void {
  const { binding } = library.backend() as unknown as { binding: Binding };
  lock.run(() => ATTRIBUTES.forEach((name) => register(binding, name)));
}

function register(binding: Binding, name: string): void {
  try {
    binding.executeOp('Identity', [{ name, type: binding.TF_ATTR_BOOL, value: true }], [], 1);
  } catch {
    // Expected: the operation has no input. The name is registered before this is checked.
  }
}
