using System.Globalization;
using System.Security.Cryptography;
using AzImageTools.Disks;

namespace AzImageTools.Services.Publish;

/// <summary>What tells a readiness report from all others: the SHA-256 of its file, as Get-FileHash gives it.</summary>
internal static class ReportHash
{
    /// <summary>Reads the file.</summary>
    /// <param name="path">Its full path.</param>
    /// <exception cref="ImageServiceException">It can't be read (ReadinessReportUnreadable).</exception>
    public static string Of(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using SHA256 sha = SHA256.Create();
            return string.Concat(sha.ComputeHash(file).Select(part => part.ToString("X2", CultureInfo.InvariantCulture)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageServiceException(
                "ReadinessReportUnreadable", ErrorKind.Unreadable, $"The readiness report can't be read: {problem.Message}", "Give the file that Export-AzImageReadinessReport wrote.", path, problem);
        }
    }
}
