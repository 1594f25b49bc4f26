using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Limits;

/// <summary>How many tags there may be, and how long: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources.</summary>
internal static class TagRules
{
    private const int MostTags = 50;
    private const int LongestName = 512;
    private const int LongestNameOfStorage = 128;
    private const int LongestValue = 256;
    private const string Reserved = "<>%&\\?/";

    public static void Check(ArmRequest request, JsonObject body)
    {
        if (body["tags"] is not JsonObject tags)
        {
            return;
        }

        if (tags.Count > MostTags)
        {
            throw Invalid("TooManyTags", "The resource has too many tags: '" + tags.Count + "'. The maximum number of tags is '50'.");
        }

        var names = tags.Select(tag => tag.Key).ToList();
        var longest = request.Type.StartsWith("Microsoft.Storage/", StringComparison.OrdinalIgnoreCase) ? LongestNameOfStorage : LongestName;
        Refuse(
            names.Where(name => name.Any(letter => Reserved.IndexOf(letter) >= 0 || char.IsControl(letter)) && !IsFree(name)),
            found => Invalid("InvalidTagNameCharacters", "The tag names '" + found + "' have reserved characters '<,>,%,&,\\,?,/' or control characters."));
        Refuse(
            names.Where(name => name.Length > longest),
            found => Invalid(
                "InvalidTagName",
                "Tag key too large. Following tag name '" + found + "' exceeded the maximum length. Maximum allowed length for tag name - '" + longest + "' characters."));
        Refuse(
            tags.Select(tag => tag.Value?.ToString() ?? "").Where(value => value.Length > LongestValue),
            found => Invalid(
                "InvalidTagValueLength",
                "Tag value too large. Following tag value '" + found + "' exceeded the maximum length. Maximum allowed length for tag value - '256' characters."));
    }

    private static bool IsFree(string name)
        => name.StartsWith("hidden", StringComparison.OrdinalIgnoreCase) || name.StartsWith("link", StringComparison.OrdinalIgnoreCase);

    private static void Refuse(IEnumerable<string> found, Func<string, ArmException> error)
    {
        var all = string.Join(", ", found);
        if (all.Length > 0)
        {
            throw error(all);
        }
    }

    private static ArmException Invalid(string code, string text) => new ArmException(HttpStatusCode.BadRequest, code, text);
}
