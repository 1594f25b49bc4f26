using System.Net;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Limits;

/// <summary>
/// What resource groups and resources may be called: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
/// </summary>
internal static class NameRules
{
    private const int LongestGroup = 90;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly Regex Gallery = new("^[A-Za-z0-9]([A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience);

    private static readonly Regex Network = new(@"^[^\W_]([\w.\-]{0,78}\w)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience);

    /// <summary>The name that Compute's errors give to the name, and how long it may be.</summary>
    private static readonly Dictionary<string, (string Target, int Longest)> Compute = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Compute/diskAccesses"] = ("diskAccessName", 80),
        ["Microsoft.Compute/diskEncryptionSets"] = ("diskEncryptionSetName", 80),
        ["Microsoft.Compute/disks"] = ("disk.name", 80),
        ["Microsoft.Compute/galleries/images"] = ("galleryImageName", 80),
        ["Microsoft.Compute/images"] = ("imageName", 80),
        ["Microsoft.Compute/restorePointCollections"] = ("restorePointCollectionName", 80),
        ["Microsoft.Compute/snapshots"] = ("snapshot.name", 80),
        ["Microsoft.Compute/virtualMachines"] = ("vmName", 64),
    };

    /// <summary>Refuses a group's name in whatever is asked, and a resource's name where it is to be made.</summary>
    public static void Check(ArmRequest request)
    {
        if (request.ResourceGroup is { } group)
        {
            CheckGroup(group);
        }

        if (request.Method is not "PUT" || !request.HasName || request.Names.Count == 0 || request.ResourceGroup is null)
        {
            return;
        }

        var name = request.Id.Name;
        if (name.EndsWith(".", StringComparison.Ordinal))
        {
            throw Invalid(
                "InvalidResourceName",
                "The provided resource name '" + string.Join("/", request.Names) + "' has these invalid trailing characters: '.'. The name can not end with characters: '.'.");
        }

        if (JsonReading.Same(request.Type, GalleriesType.Name) && !Gallery.IsMatch(name))
        {
            throw ArmException.InvalidParameter(
                "galleryName",
                "Gallery name is invalid. Allowed characters are English alphanumeric characters, with underscores, and periods allowed in the middle, up to 80 characters total."
                + " All other special characters, including dashes, are disallowed.");
        }

        if (Compute.TryGetValue(request.Type, out var rule))
        {
            CheckCompute(name, rule.Target, rule.Longest);
        }
        else if (request.Type.StartsWith("Microsoft.Network/", StringComparison.OrdinalIgnoreCase) && !Network.IsMatch(name))
        {
            throw Invalid(
                "InvalidResourceName",
                "Resource name " + name + " is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'."
                + " The name may contain word characters or '.', '-', '_'.");
        }
    }

    private static void CheckGroup(string name)
    {
        var bad = new string([.. name.Where(letter => !char.IsLetterOrDigit(letter) && "-._()".IndexOf(letter) < 0).Distinct()]);
        if (bad.Length > 0)
        {
            throw Invalid(
                "InvalidResourceGroup",
                "The provided resource group name '" + name + "' has these invalid characters: '" + bad + "'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.");
        }

        if (name.EndsWith(".", StringComparison.Ordinal))
        {
            throw Invalid(
                "InvalidResourceGroup", "The provided resource group name '" + name + "' has these invalid trailing characters: '.'. The name can not end with characters: '.'.");
        }

        if (name.Length > LongestGroup)
        {
            throw Invalid("InvalidResourceGroup", "The provided resource group name '" + name + "' has more than 90 characters.");
        }
    }

    private static void CheckCompute(string name, string target, int longest)
    {
        var rule = @"^[^_\W][\w-._]{0," + (longest - 1) + "}(?<![-.])$";

        // In the rule as it is told, the hyphen stands for itself.
        if (!Regex.IsMatch(name, rule.Replace("-._", @"\-._"), RegexOptions.CultureInvariant, Patience))
        {
            throw ArmException.InvalidParameter(target, "The entity name '" + target + "' is invalid according to its validation rule: " + rule + ".");
        }
    }

    private static ArmException Invalid(string code, string text) => new ArmException(HttpStatusCode.BadRequest, code, text);
}
