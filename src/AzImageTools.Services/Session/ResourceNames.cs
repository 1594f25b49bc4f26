using System.Text.RegularExpressions;
using AzImageTools.Disks;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Session;

/// <summary>Checks names and ids before they become part of a request's path.</summary>
internal static class ResourceNames
{
    // Longest names: resource group 90, others 80 (Azure naming rules, Microsoft.Resources and Microsoft.Compute).
    private const int LongestName = 90;

    private static readonly Regex NewName = new("^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>The name, if there is one and it can be part of a resource id.</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What it names, such as <c>image</c>.</param>
    public static string Require(string? name, string what)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new ImageServiceException("NameMissing", ErrorKind.InvalidArgument, $"The name of the {what} is missing.", string.Empty, what);
        }

        bool valid = name!.Length <= LongestName
            && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '(' or ')')
            && name[name.Length - 1] != '.';
        if (!valid)
        {
            throw new ImageServiceException(
                "NameInvalid",
                ErrorKind.InvalidArgument,
                $"'{name}' can't be the name of {WithArticle(what)}.",
                "Use letters, digits, hyphens, underscores and periods, and no period at the end.",
                name);
        }

        return name;
    }

    /// <summary>The name of an image or image definition that is to be made (Microsoft.Compute: 1 to 80 characters).</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What it names, such as <c>image</c>.</param>
    public static string RequireNew(string? name, string what)
    {
        string valid = Require(name, what);
        return NewName.IsMatch(valid) ? valid : throw new ImageServiceException(
            "NameInvalid",
            ErrorKind.InvalidArgument,
            $"'{valid}' can't be the name of {WithArticle(what)}.",
            "Use at most 80 letters, digits, hyphens, underscores and periods, a letter or digit first and last.",
            valid);
    }

    /// <summary>The id of the virtual machine that a request names.</summary>
    /// <param name="session">Where names are looked for.</param>
    /// <param name="id">Its id; null where it is named.</param>
    /// <param name="group">Its resource group's name.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ImageServiceException">The id is none of a virtual machine (ResourceIdInvalid), or a name is missing or none.</exception>
    public static ResourceIdentifier VirtualMachineId(ImageSession session, string? id, string? group, string? name) => id is null
        ? VirtualMachineResource.CreateResourceIdentifier(session.Context.SubscriptionId, Require(group, "virtual machine's resource group"), Require(name, "virtual machine"))
        : RequireId(id, VirtualMachineResource.ResourceType, "virtual machine");

    /// <summary>The id, if it is one of that resource type.</summary>
    /// <param name="id">The id.</param>
    /// <param name="type">The type that it must have.</param>
    /// <param name="what">What it identifies, such as <c>virtual machine</c>.</param>
    public static ResourceIdentifier RequireId(string id, ResourceType type, string what)
    {
        if (ResourceIdentifier.TryParse(id, out ResourceIdentifier? parsed) && parsed!.ResourceType == type && parsed.SubscriptionId is not null && parsed.ResourceGroupName is not null)
        {
            return parsed;
        }

        throw new ImageServiceException(
            "ResourceIdInvalid",
            ErrorKind.InvalidArgument,
            $"'{id}' is not the resource id of {WithArticle(what)}.",
            $"It has the form /subscriptions/<id>/resourceGroups/<group>/providers/{type}/<name>.",
            id);
    }

    /// <summary>A name or description with "a" or "an" before it.</summary>
    internal static string WithArticle(string what) => ("aeio".IndexOf(what[0]) >= 0 ? "an " : "a ") + what;
}
