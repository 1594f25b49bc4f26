using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Limits;

/// <summary>What the identifier of an image definition may be: https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images.</summary>
internal static class IdentifierRules
{
    private static readonly (string Part, int Longest)[] Parts = [("publisher", 128), ("offer", 64), ("sku", 64)];

    public static void Check(JsonObject definition)
    {
        foreach (var (part, longest) in Parts)
        {
            var name = definition.Text("properties", "identifier", part) ?? "";
            if (name.Length == 0 || name.Length > longest || name.EndsWith(".", StringComparison.Ordinal) || !name.All(IsAllowed))
            {
                var target = "galleryImage.properties.identifier." + part;
                throw ArmException.InvalidParameter(
                    target,
                    "Asset name " + target + " is not valid. It cannot be empty. Allowed characters are uppercase or lowercase letters, digits, hyphen(-), period (.), underscore (_)."
                    + " Names are not allowed to end with period(.). The length of the name cannot exceed " + longest + " characters.");
            }
        }
    }

    private static bool IsAllowed(char letter) => letter is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '-' or '.' or '_';
}
