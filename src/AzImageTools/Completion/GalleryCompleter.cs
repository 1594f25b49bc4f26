using AzImageTools.Services.Session;

namespace AzImageTools.Completion;

/// <summary>Completes the names of galleries.</summary>
public sealed class GalleryCompleter : ResourceNameCompleter
{
    /// <summary>Creates the completer.</summary>
    public GalleryCompleter()
        : base(ResourceKind.Gallery)
    {
    }
}
