namespace AzImageTools.Commands;

/// <summary>Where the pages of docs/en-US are shown: what Get-Help -Online opens.</summary>
internal static class HelpPages
{
    /// <summary>The folder's address; a page is named after its cmdlet.</summary>
    public const string Root = "https://github.com/AzImageTools/AzImageTools/blob/main/docs/en-US/";
}
