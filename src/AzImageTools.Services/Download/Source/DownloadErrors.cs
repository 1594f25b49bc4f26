using AzImageTools.Disks;

namespace AzImageTools.Services.Download.Source;

/// <summary>Errors of what can't be brought down.</summary>
internal static class DownloadErrors
{
    /// <summary>The error of pages that are no fixed VHD.</summary>
    /// <param name="description">What they are of.</param>
    /// <param name="target">It.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="cause">What was noticed; null for nothing.</param>
    public static ImageServiceException NotAVhd(string description, object target, string problem, Exception? cause = null)
        => new(
            "SourceNotVhd",
            ErrorKind.InvalidData,
            $"The {description} is no fixed VHD. {problem}",
            "To bring its bytes down as they are, use Get-AzStorageBlobContent; an upload that has not ended has no footer yet.",
            target,
            cause);
}
