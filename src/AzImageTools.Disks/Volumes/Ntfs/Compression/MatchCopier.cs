namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>The step that LZ77 decoders have in common.</summary>
internal static class MatchCopier
{
    /// <summary>Repeats bytes that were decoded before; the match may reach into what it writes itself.</summary>
    /// <param name="target">Where is decoded to.</param>
    /// <param name="position">How much is decoded.</param>
    /// <param name="distance">How far back to go; at least 1.</param>
    /// <param name="length">How many bytes to repeat.</param>
    /// <returns>False where the match begins before the target or ends behind it.</returns>
    public static bool TryCopy(Span<byte> target, int position, int distance, int length)
    {
        if (distance > position || length > target.Length - position)
        {
            return false;
        }

        if (distance >= length)
        {
            target.Slice(position - distance, length).CopyTo(target.Slice(position));
        }
        else
        {
            for (int i = position; i < position + length; i++)
            {
                target[i] = target[i - distance];
            }
        }

        return true;
    }
}
