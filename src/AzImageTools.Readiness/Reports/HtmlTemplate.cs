using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Reports;

/// <summary>
/// Turns an interpolated string into markup: the literal parts stay, every value is encoded, in text and between the quotes
/// of an attribute alike. A guest's text can't become markup, because there is no way to put it in without encoding.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct HtmlTemplate
{
    private const int MaxTextLength = 4000;

    private readonly StringBuilder _markup;

    public HtmlTemplate(int literalLength, int formattedCount)
    {
        const int expectedValueLength = 32;
        _markup = new StringBuilder(literalLength + (formattedCount * expectedValueLength));
    }

    public void AppendLiteral(string literal) => _markup.Append(literal);

    public void AppendFormatted(Html markup) => _markup.Append(markup.ToString());

    public void AppendFormatted(IEnumerable<Html> pieces) => _markup.Append(Html.Join(pieces).ToString());

    public void AppendFormatted(string? text) => _markup.Append(WebUtility.HtmlEncode(GuestText.Clean(text ?? string.Empty, MaxTextLength, keepsLines: true)));

    public void AppendFormatted(int number) => _markup.Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(double number) => _markup.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

    public string ToMarkup() => _markup.ToString();
}
