using AzImageTools.Disks.Overlay;

namespace AzImageTools.Disks.Volumes;

/// <summary>A change to a volume: made in a draft first, and laid over the volume when it is whole, so that what is refused midway has changed nothing.</summary>
internal static class VolumeDraft
{
    /// <summary>Makes a change.</summary>
    /// <param name="volume">The volume, on an overlay.</param>
    /// <param name="change">Makes it in the draft that it is given, which reads as the volume with what was written to it.</param>
    /// <exception cref="InvalidOperationException">The volume is no overlay.</exception>
    public static void Change(IByteSource volume, Action<DiskOverlay> change)
    {
        if (volume is not IWritableBytes { CanWrite: true } target)
        {
            throw new InvalidOperationException($"{volume.Name} is no overlay.");
        }

        using DiskOverlay draft = new(volume);
        change(draft);
        foreach (OverlayChange piece in draft.EnumerateChanges().ToList())
        {
            target.Write(piece.Offset, piece.After.Span);
        }
    }
}
