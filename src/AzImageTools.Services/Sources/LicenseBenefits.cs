namespace AzImageTools.Services.Sources;

/// <summary>Which Marketplace images take a licence that not every subscription brings.</summary>
internal static class LicenseBenefits
{
    /// <summary>What the images of Windows for clients take, for development and test.</summary>
    public const string VisualStudio = "Visual Studio subscription";

    /// <summary>The benefit that an image takes; null for none.</summary>
    /// <remarks>
    /// Windows for clients: all of publisher MicrosoftWindowsDesktop, and Visual Studio's images on Windows 10 and 11
    /// (learn.microsoft.com, "Use Windows client in Azure for dev/test scenarios").
    /// </remarks>
    public static string? RequiredBy(string publisher, string sku)
    {
        bool isClient = string.Equals(publisher, "MicrosoftWindowsDesktop", StringComparison.OrdinalIgnoreCase)
            || (string.Equals(publisher, "MicrosoftVisualStudio", StringComparison.OrdinalIgnoreCase)
                && (Contains(sku, "win10") || Contains(sku, "win11")));
        return isClient ? VisualStudio : null;
    }

    /// <summary>Whether a subscription's offer brings the Visual Studio benefit; null where the offer is not told.</summary>
    /// <param name="quotaId">As <c>MSDN_2014-09-01</c> or <c>MSDNDevTest_2014-09-01</c>.</param>
    public static bool? IsBroughtBy(string? quotaId) =>
        string.IsNullOrEmpty(quotaId) ? null : quotaId!.StartsWith("MSDN", StringComparison.OrdinalIgnoreCase);

    private static bool Contains(string text, string part) => text.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;
}
